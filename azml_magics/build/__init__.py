"""Stage 4, build: a plan in, an ``Artifact`` out; touches disk and network."""
