"""An image laid out like the prebuilt inference images, which are out of reach here (AZUREML.md 2.1, 2.2).

Debian's runit runs nginx on 5001 before the real server on 31311; everything belongs to ``dockeruser``. The start
script is written after the contract and knows library paths and requirements; conda is not there.
"""

from __future__ import annotations

from pathlib import Path

from azml_magics.build.image import build_image
from azml_magics.cancel import Cancel
from azml_magics.containers.connection import Connection
from azml_magics.containers.images import ensure_image, inspect_image
from azml_magics.definitions.digest import digest_of
from azml_magics.events import Emit
from azml_magics.system.container_pip import collect_pip_files

#: What the image holds, older than what its users ask for.
HELD = "2.1.5"
ENVIRONMENT = "/azureml-envs/minimal"

GUNICORN_RUN = r"""#!/bin/bash
say() { echo "$(date -uIns) | gunicorn/run | $1"; }
leave() { say "$2. Exiting with error ..."; exit "$1"; }

root="${AML_APP_ROOT:-/var/azureml-app}"
folder="$root"
if [ -n "$AZUREML_ENTRY_SCRIPT" ]; then folder="$root/$(dirname "${AZUREML_ENTRY_SCRIPT#/}")"; fi
say "Entry script directory: $folder"

if [ -n "$AZUREML_EXTRA_PYTHON_LIB_PATH" ]; then
    library="$folder/$AZUREML_EXTRA_PYTHON_LIB_PATH"
    [ -d "$library" ] || leave 97 "Expected folder with pre-installed packages not found: $library"
    say "Adding $library in PYTHONPATH"
    export PYTHONPATH="$library:$PYTHONPATH"
elif [ -n "$AZUREML_EXTRA_CONDA_YAML_ABS_PATH$AZUREML_EXTRA_CONDA_YAML" ]; then
    leave 98 "Dynamic Python packages installation is enabled but expected conda yaml file not found"
elif [ -n "$AZUREML_EXTRA_REQUIREMENTS_TXT" ]; then
    list="$folder/$AZUREML_EXTRA_REQUIREMENTS_TXT"
    [ -f "$list" ] || leave 99 "Dynamic Python packages installation is enabled but $list was not found"
    say "Installing Python packages from $list !"
    # The images sleep for 45 seconds before this.
    pip install -r "$list" || { echo "Error occurred. Sleeping to send error logs."; exit 95; }
else
    say "Dynamic Python package installation is disabled."
fi

pip show --quiet azureml-inference-server-http || leave 100 "azureml-inference-server-http is missing"
cd "$root" || exit 1
exec azmlinfsrv --entry_script "${AZUREML_ENTRY_SCRIPT:-main.py}" --port 31311
"""
#: runsvdir is the container's first process: with it the container ends, and its exit code tells nothing.
GUNICORN_FINISH = """#!/bin/bash
echo "$(date -uIns) - gunicorn/finish $*"
echo "$(date -uIns) - Exit code $1 is not normal. Killing image."
killall -SIGHUP runsvdir
"""
NGINX_RUN = '#!/bin/bash\nexec /usr/sbin/nginx -g "daemon off;"\n'
NGINX_FINISH = '#!/bin/bash\necho "$(date -uIns) - nginx/finish $*"\nkillall runsvdir\n'
SITE = """server {
    listen 5001;
    location / {
        include proxy_params;
        proxy_pass http://127.0.0.1:31311;
        proxy_connect_timeout 1000s;
        proxy_read_timeout 1000s;
        client_max_body_size 100m;
    }
}
"""
DOCKERFILE = f"""FROM {{plain}}
RUN apt-get update && \\
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends runit nginx-light psmisc && \\
    rm -rf /var/lib/apt/lists/* /etc/nginx/sites-enabled/default
COPY runit/ /var/runit/
COPY app /etc/nginx/sites-enabled/app
RUN useradd --uid 1000 --create-home dockeruser && mkdir -p /var/azureml-app {ENVIRONMENT} && \\
    chmod -R 755 /var/runit && \\
    chown -R dockeruser /var/runit /var/log /var/lib/nginx /run /var/azureml-app {ENVIRONMENT}
USER dockeruser
RUN python3 -m venv {ENVIRONMENT} && \\
    {ENVIRONMENT}/bin/pip install --no-cache-dir azureml-inference-server-http==1.5.1 markupsafe=={HELD}
ENV SVDIR=/var/runit WORKER_TIMEOUT=300 AZUREML_INFERENCE_SERVER_HTTP_ENABLED=True LANG=C.UTF-8
ENV AZUREML_CONDA_ENVIRONMENT_PATH={ENVIRONMENT} PATH={ENVIRONMENT}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
EXPOSE 5001
CMD ["runsvdir", "/var/runit"]
"""


def make_prebuilt_image(connection: Connection, plain: str, cache: Path, emit: Emit) -> str:
    """The name of the image, made from ``plain``; named by its content and kept."""
    facts = ensure_image(connection, plain, cache, emit=emit, cancel=Cancel())
    files: dict[str, bytes | Path] = {
        "runit/gunicorn/run": GUNICORN_RUN.encode(),
        "runit/gunicorn/finish": GUNICORN_FINISH.encode(),
        "runit/nginx/run": NGINX_RUN.encode(),
        "runit/nginx/finish": NGINX_FINISH.encode(),
        "app": SITE.encode(),
    }
    text = DOCKERFILE.format(plain=plain)
    key = digest_of({"base": facts.image_id, "text": text, "files": [str(content) for content in files.values()]})
    name = f"local/azml-prebuilt:{key[:12]}"
    if inspect_image(connection, name) is None:
        pip = collect_pip_files()
        build_image(
            text, name, files, connection=connection, labels={}, emit=emit, cancel=Cancel(), pip=pip, base=facts
        )
    return name
