"""The names of the Azure ML SDK v1 over :class:`~azml_magics.session.Session`: notebooks written for it run here.

One module a subject; :mod:`azml_magics.v1.install` makes ``import azureml.core`` mean these. What they do is left to
the session: here are only the objects, their rules and their words. docs/sdk-v1.md says what differs.
"""
