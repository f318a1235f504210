"""Models of torchvision and timm, built without weights, and what their libraries and PyTorch say of them."""

from __future__ import annotations

import warnings
from functools import cache

import pytest

torch = pytest.importorskip("torch")

QUICK = (
    "torchvision/shufflenet_v2_x0_5", "torchvision/deeplabv3_mobilenet_v3_large", "torchvision/r2plus1d_18",
    "torchvision/ssdlite320_mobilenet_v3_large", "timm/resnest14d", "timm/convnext_atto", "timm/eca_nfnet_l0",
)  # fmt: skip
"""What is tried unless CONVMATH_MODELS asks for more."""

TIMM = """
    bat_resnext26ts botnet26t_256 caformer_s18 coat_lite_tiny convmixer_768_32 convnext_atto cpubone_nano csatv2
    cs3darknet_s cspnext_s darknet17 davit_tiny densenet121 dla34 dm_nfnet_f0 dpn68 eca_nfnet_l0 eca_vovnet39b
    ecaresnet26t edgenext_xx_small efficientformer_l1 efficientformerv2_s0 efficientnet_b0 efficientnet_cc_b0_4e
    efficientvim_m1 efficientvit_b0 efficientvit_m0 ese_vovnet39b fasternet_t0 fastvit_t8 fbnetv3_b focalnet_tiny_srf
    gcvit_xxtiny gernet_s ghostnet_050 ghostnetv2_100 gmlp_s16_224 halonet26t hardcorenas_a hgnet_tiny hgnetv2_b0
    hrnet_w18_small iformer_t inception_next_atto inception_resnet_v2 inception_v3 inception_v4 lambda_resnet26t
    lcnet_035 lcnetv2_small legacy_seresnet18 legacy_xception levit_128s lowformer_b0 mambaout_femto mixer_s32_224
    mixnet_s mobilenetv3_small_050 mobilenetv4_conv_small mobilenetv5_300m mobilevit_xxs mobilevitv2_050 mvitv2_tiny
    nasnetalarge nextvit_small nfnet_f0 pnasnet5large poolformer_s12 pvt_v2_b0 rdnet_tiny regnetx_002 regnety_002
    regnetz_005 repghostnet_050 repvgg_a0 repvit_m0_9 res2net50_26w_4s res2next50 resnest14d resnest50d resnet10t
    resnet26t resnetaa50 resnetblur50 resnetv2_50 resnetv2_50x1_bit rexnet_100 selecsls42 senet154 sequencer2d_s
    shvit_s1 skresnet18 starnet_s1 swiftformer_xs swin_tiny_patch4_window7_224 swinv2_cr_tiny_224 test_coatnet
    test_maxvit test_vit tf_efficientnet_b0 tf_mobilenetv3_small_075 tiny_vit_5m_224 tresnet_m twins_svt_small vgg11
    visformer_tiny vit_tiny_r_s16_p8_224 vitamin_small_224 volo_d1_224 vovnet39a xception xception41
    xcit_nano_12_p8_224
"""
"""A model of every convolutional family of timm, and of some that mix convolution with attention."""

SKELETONS = (
    "torchvision/alexnet", "torchvision/convnext_tiny", "torchvision/deeplabv3_mobilenet_v3_large",
    "torchvision/densenet121", "torchvision/efficientnet_b0", "torchvision/fasterrcnn_resnet50_fpn",
    "torchvision/fcn_resnet50", "torchvision/googlenet", "torchvision/inception_v3",
    "torchvision/lraspp_mobilenet_v3_large",
    "torchvision/maxvit_t", "torchvision/mnasnet0_5", "torchvision/mobilenet_v2", "torchvision/mvit_v2_s",
    "torchvision/r2plus1d_18", "torchvision/regnet_y_400mf", "torchvision/resnet50", "torchvision/s3d",
    "torchvision/shufflenet_v2_x1_0", "torchvision/squeezenet1_1", "torchvision/ssd300_vgg16", "torchvision/swin_t",
    "torchvision/swin_v2_t", "torchvision/vgg16", "torchvision/vit_b_16", "timm/botnet26t_256", "timm/dla34",
    "timm/eca_nfnet_l0", "timm/efficientvit_b0", "timm/ghostnet_050", "timm/hrnet_w18_small", "timm/lowformer_b0",
    "timm/mixnet_s", "timm/mobilevit_xxs", "timm/res2net50_26w_4s", "timm/resnest14d", "timm/resnetv2_50x1_bit",
    "timm/sequencer2d_s", "timm/skresnet18", "timm/volo_d1_224", "timm/xception41",
)  # fmt: skip
"""Those whose networks lie in tests/data/models, without weights."""

NO_BACKBONE = ("rcnn", "retinanet", "ssd", "fcos", "fcn", "deeplab", "lraspp")
"""torchvision's models that load a trained backbone unless they are told not to."""

LARGE_VIDEOS = ("mvit", "swin3d", "s3d")
"""Video models for frames of 224 x 224; the others take 112 x 112."""


@cache
def libraries():
    """torchvision and timm; torchvision's operators are declared first, which its wheel for CUDA holds."""
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torchvision"), pytest.importorskip("timm"), library


def every_model():
    """The names of all models of torchvision but those for optical flow and quantised ones, and of TIMM."""
    torchvision, _, _ = libraries()
    names = torchvision.models.list_models()
    taken = [name for name in names if not name.startswith("raft") and "quantized" not in name]
    return [*(f"torchvision/{name}" for name in taken), *(f"timm/{name}" for name in TIMM.split())]


def build(name):
    """The model, of a detector its backbone, and the shape that it is made for."""
    torchvision, timm, _ = libraries()
    library, _, model = name.partition("/")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if library == "timm":
            made = timm.create_model(model)
            return made.eval(), (1, *made.default_cfg["input_size"])
        plain = {"weights_backbone": None} if any(word in model for word in NO_BACKBONE) else {}
        made = torchvision.models.get_model(model, weights=None, **plain).eval()
    room = type(made).__module__
    if "video" in room:
        side = 224 if model.startswith(LARGE_VIDEOS) else 112
        return made, (1, 3, 16, side, side)
    side = {"inception_v3": 299, "ssd300_vgg16": 300, "ssdlite320_mobilenet_v3_large": 320}.get(model, 224)
    return (made.backbone if "detection" in room else made), (1, 3, side, side)
