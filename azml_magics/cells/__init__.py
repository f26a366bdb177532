"""Stage 1, read: a magic line with its cell text, or a whole notebook file, in; a ``Declaration`` out. Pure."""
