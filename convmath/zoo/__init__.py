"""Floor 4: published architectures, one file a family, each with its source; loaded when asked for.

>>> from convmath import zoo
>>> zoo.resnet50().analyze().totals.params
25557032
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..core.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..layers.field import Field
    from ..network.network import Network

FILES = {
    "lenet": ("lenet5",),
    "alexnets": ("alexnet", "alexnet_paper"),
    "vgg": ("vgg11", "vgg13", "vgg16", "vgg16_1x1", "vgg19"),
    "resnet": ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d"),
    "densenet": ("densenet121", "densenet169", "densenet201"),
    "inception": ("inception_v3",),
    "squeezenet": ("squeezenet1_0", "squeezenet1_1"),
    "mobilenet": ("mobilenet_v1", "mobilenet_v1_full", "mobilenet_v2"),
    "shufflenet": ("shufflenet_v2_x1_0",),
    "efficientnet": ("efficientnet_b0",),
    "unets": ("unet", "unet_padded"),
    "fcn": ("fcn32s", "fcn16s", "fcn8s", "fcn_resnet50"),
    "deeplab": ("deeplabv3_resnet50",),
    "dcgan": ("dcgan_generator", "dcgan_discriminator"),
    "wavenets": ("wavenet",),
    "video": ("c3d", "r3d_18", "r2plus1d_18"),
}
"""The networks that each file of this folder holds; no network is called like a file, which would hide it."""

FILE_OF = {name: file for file, names in FILES.items() for name in names}
"""The file that holds each network."""


def builder(name: str) -> Callable[..., Network]:
    """The function that builds the network of this name; UnknownNameError with the nearest names if there is none.

    >>> builder("resnet18")().analyze((1, 3, 224, 224)).totals.macs
    1814073344
    """
    if name not in FILE_OF:
        raise unknown_name("network", name, list(FILE_OF))
    return getattr(import_module(f"{__name__}.{FILE_OF[name]}"), name)  # type: ignore[no-any-return]


def published_parameters(name: str) -> dict[str, Field]:
    """The parameters that a network takes, each with its domain and meaning.

    >>> {name: field.expects for name, field in published_parameters("resnet18").items()}["width"]
    'an integer from 1 to 1000000'
    """
    builder(name)
    from .parameters import PARAMETERS

    return PARAMETERS[name]


def __getattr__(name: str) -> Any:
    if name in FILE_OF:
        return builder(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *FILE_OF])
