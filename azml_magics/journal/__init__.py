"""The news of long work on disk, one directory a job, so that every process can follow it and ask for its end."""
