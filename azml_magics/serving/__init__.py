"""What runs next to the user's ``score.py``: start script and gunicorn settings around azureml-inference-server-http.

Stands alone: imports nothing of ``azml_magics``, is imported by nobody there, and runs on every Python an image may
hold (3.7 and later). ``start.py`` is what an engine executes; it becomes ``serve.py``, which loads this folder as the
package ``_azml_serving`` so that no name of ours can shadow a module of the user.

Variables an engine sets, all removed before the user's script is loaded:

========================  ====================================================================================
AZML_BIND_HOST            address to listen on; 127.0.0.1 when unset
AZML_LIFELINE_FD          number of an inherited pipe end: when it breaks, we are killed; see ``lifeline.py``
AZML_LISTEN_FD            number of an inherited, bound socket to listen on instead
AZML_CONTROL_DIRECTORY    where ``reload.json`` is looked for on SIGHUP
AZML_LISTEN_SOCKET        Unix socket that hands over the socket to listen on, for a container without a network
AZML_NOTIFY_SOCKET        datagram socket that is told when the service is ready, or ``log:WORD`` for marked log lines
AZML_INSTALL_COMMAND      JSON list used instead of ``pip install`` for AZUREML_EXTRA_REQUIREMENTS_TXT
AZML_INSTALL_TARGET       directory that command installs into; goes to the front of PYTHONPATH
AZML_INSTALL_OVERLAY      directory to install into instead of the image's own environment: see ``overlay.py``
AZML_INSTALL_FIRST        requirements files of the engine's own (``:`` between), installed before AZUREML_EXTRA_*
AZML_INSTALL_ENVIRONMENT  JSON object of variables for that command, or ``@FILE`` of one: index settings that no
                          script should see
AZML_INVOKE_DIRECTORY     answer one request from there instead of serving: see ``invoke.py``
AZML_DEBUG_PATH           directory that holds debugpy: wait for a debugger before the script is loaded
AZML_DEBUG_PORT           port to wait for it on; a free one when unset
AZML_WARM_IMPORTS         ``off`` keeps the parent process from importing the packages its workers use
========================  ====================================================================================
"""
