"""Stage 3, plan: definitions, host facts and known artifacts in; a ``Plan`` of actions with their reasons out. Pure."""
