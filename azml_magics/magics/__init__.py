"""Stage 7, show, in a notebook or IPython terminal: thin magics over ``Session``."""
