"""Where things are inside an image or a container; planning, building and running have to agree on it."""

from __future__ import annotations

#: What the cloud's images have, and so have ours (AZUREML.md 2.1): the app root, the models in it, the port, the user.
APP_ROOT = "/var/azureml-app"
MODELS = "azureml-models"
PORT = 5001
USER_ID = 1000
#: Our start script, as a mount or a copy.
SERVING = "/opt/azml-serving"
#: Packages, or lists of them and what they name: not inside the app, where everything is the user's.
PACKAGES = "/opt/azml"
#: What is there only while something is installed or runs, and in no layer.
STATE = "/run/azml"
CREDENTIALS = f"{STATE}/credentials.sh"
CA_BUNDLE = f"{STATE}/ca.pem"
