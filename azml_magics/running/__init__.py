"""What runs next to the user's training script: a launcher that outlives us, and the start of the script itself.

Stands alone, as ``serving`` does: imports nothing of ``azml_magics``, is imported by nobody there, and runs on every
Python that an environment may have (3.7 and later). ``launch.py`` starts ``script.py`` in a process group of its own
and writes down how it ended; in a container ``script.py`` is started directly. ``azureml_shim`` stands at the end of
the script's path, so that ``from azureml.core import Run`` works where no azureml-core is installed.

What they leave in the folder ``AZML_RUN_RECORD``, for :mod:`azml_magics.runs` to read:

==============  ======================================================================================================
result.json     exit code, start and end (seconds since the epoch), written once, when everything has ended
error.txt       the traceback that ended the script, from the script's own first frame on
events.jsonl    what the script told ``Run``: metrics, tags, files; one JSON object a line
canceled        written by whoever cancels, before anything is ended
==============  ======================================================================================================
"""
