"""Stage 2, define: what the user means, as frozen values; reading is left to ``cells``, keeping to ``workspace``."""
