"""Training runs: a script with its source, in its environment, with what it printed, logged and wrote."""
