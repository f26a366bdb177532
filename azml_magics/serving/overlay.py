"""An environment on top of the one this Python belongs to, for images that may not be written to.

What is installed there wins; everything else is the image's own, and pip knows that it is there.
"""

import os
import site
import sys
import sysconfig
import venv


def make_overlay(directory):
    """Make (or find) the environment ``directory``; returns its Python."""
    python = os.path.join(directory, "bin", "python")
    if not os.path.exists(python):
        # Without pip of its own: the image's is found through the path below, and pip installs where its Python says.
        venv.EnvBuilder(system_site_packages=True, symlinks=True, with_pip=False).create(directory)
        with open(os.path.join(_site_packages(directory), "_azml_image.pth"), "w") as file:
            for path in _image_directories():
                file.write("import site; site.addsitedir({!r})\n".format(path))
    return python


def _site_packages(directory):
    return os.path.join(
        directory, "lib", "python{}.{}".format(sys.version_info[0], sys.version_info[1]), "site-packages"
    )


def _image_directories():
    """Where this Python finds packages: a virtual environment of the image's would otherwise be passed over."""
    paths = [*site.getsitepackages(), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return [path for path in dict.fromkeys(paths) if os.path.isdir(path)]
