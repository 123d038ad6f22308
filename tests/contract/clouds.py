"""Every cloud that the cases are tried on. A further one adds itself here, and to nothing else."""

from __future__ import annotations

from .aws import Aws
from .azure import Azure
from .gcp import Gcp
from .local import Local
from .model import Cloud

CLOUDS: list[Cloud] = [Aws(), Azure(), Gcp(), Local()]
