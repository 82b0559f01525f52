"""Ways to a device, one small file each, all with one interface.

`local` is this machine, `ssh` plain ssh with the user's own configuration, `adb` a phone, `serial`
a port on which an agent answers. `base` has the interface, `shell` what links that have a shell
share, `streams` bytes in both directions, and `choose` turns what a user writes into a link.
"""

from firmware_host.links.base import Done, Link, Stream
from firmware_host.links.choose import open_link

__all__ = ["Done", "Link", "Stream", "open_link"]
