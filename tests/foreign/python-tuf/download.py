"""Downloads a target with python-tuf, whatever it refuses ends the program."""

import pathlib
import sys
import tempfile

from tuf.ngclient import Updater

metadata_url, targets_url, root, name, folder = sys.argv[1:]
with tempfile.TemporaryDirectory() as metadata:
    updater = Updater(
        metadata_dir=metadata,
        metadata_base_url=metadata_url,
        target_dir=folder,
        target_base_url=targets_url,
        bootstrap=pathlib.Path(root).read_bytes(),
    )
    updater.refresh()
    target = updater.get_targetinfo(name)
    if target is None:
        sys.exit(f"{name} is not listed")
    updater.download_target(target, filepath=str(pathlib.Path(folder) / name))
