"""Stage 6, score: an endpoint and a request in, a ``ScoringResponse`` out."""
