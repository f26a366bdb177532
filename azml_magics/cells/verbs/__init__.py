"""The entries of the grammar table, one module a subject; ``grammar`` puts them together."""
