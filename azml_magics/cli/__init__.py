"""Stage 7, show, in a terminal: ``azml VERB``, thin commands over ``Session``, from the same grammar as the magics."""
