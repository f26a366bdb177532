# Finds the Python of an image with nothing but a shell; run inside it by look.py.
# $1: what Python is asked, $2: the interpreter to ask, empty for the first of the usual ones.
usable() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 7))' >/dev/null 2>&1
}

if [ -n "$2" ]; then
    usable "$2" && exec "$2" -c "$1"
else
    for python in "$AZUREML_CONDA_ENVIRONMENT_PATH/bin/python" python python3 \
        /opt/miniconda/envs/amlenv/bin/python /azureml-envs/*/bin/python /opt/conda/bin/python; do
        usable "$python" && exec "$python" -c "$1"
    done
fi
# There is none: what the shell knows.
[ -r /etc/os-release ] && . /etc/os-release
[ -d /var/runit ] && runit=yes
conda=$(command -v conda || command -v mamba || command -v micromamba)
echo "azml-shell uid=$(id -u)"
echo "azml-shell gid=$(id -g)"
echo "azml-shell home=$HOME"
echo "azml-shell operating_system=$PRETTY_NAME"
echo "azml-shell has_runit=$runit"
echo "azml-shell conda=$conda"
