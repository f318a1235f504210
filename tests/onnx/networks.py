"""Networks of PyTorch in the styles of well-known ones, small, with sizes that all differ."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812


class Residual(nn.Module):
    def __init__(self, a, b, stride=1, groups=1):
        super().__init__()
        self.conv1 = nn.Conv2d(a, b, 3, stride, 1, bias=False, groups=groups)
        self.bn1 = nn.BatchNorm2d(b)
        self.conv2 = nn.Conv2d(b, b, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(b)
        self.relu = nn.ReLU()
        self.downsample = nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.downsample(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Residual(8, 12), Residual(12, 12, groups=3))
        self.layer2 = nn.Sequential(Residual(12, 20, 2))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(20, 11)

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        return self.fc(torch.flatten(self.avgpool(self.layer2(self.layer1(x))), 1))


class Mobile(nn.Module):
    """Inverted bottleneck, squeeze and excitation, hard swish, as in MobileNet v3 and EfficientNet."""

    def __init__(self, act=nn.Hardswish):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, (3, 5), 2, (1, 2), bias=False), nn.BatchNorm2d(16), act(),
            nn.Conv2d(16, 16, 3, 1, 1, groups=16, bias=False), nn.BatchNorm2d(16), act(),
        )  # fmt: skip
        self.squeeze = nn.Conv2d(16, 4, 1)
        self.excite = nn.Conv2d(4, 16, 1)
        self.project = nn.Conv2d(16, 10, 1)

    def forward(self, x):
        x = self.features(x)
        gate = F.hardsigmoid(self.excite(F.silu(self.squeeze(F.adaptive_avg_pool2d(x, 1)))))
        return self.project(x * gate)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 6, 3, padding=1)
        self.inner = nn.Conv2d(6, 14, 3, padding=2, dilation=2)
        self.up = nn.ConvTranspose2d(14, 6, 2, 2)
        self.up2 = nn.ConvTranspose2d(14, 6, 5, 2, 2, 1, groups=2)
        self.out = nn.Conv2d(18, 2, 1)

    def forward(self, x):
        a = F.leaky_relu(self.down(x))
        b = self.inner(F.max_pool2d(a, 2))
        bilinear = F.interpolate(b[:, 2:8], size=a.shape[2:], mode="bilinear", align_corners=False)
        c = self.up(b) + self.up2(b)
        return self.out(torch.cat([a, c[:, :, : a.shape[2], : a.shape[3]], bilinear], 1))


class Shuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 3, 2, 1)
        self.branch = nn.Sequential(nn.Conv2d(6, 6, 3, 1, 1, groups=6), nn.BatchNorm2d(6), nn.ReLU6())
        self.last = nn.Conv2d(12, 8, 1)
        self.pixels = nn.PixelShuffle(2)

    def forward(self, x):
        a, b = self.stem(x).chunk(2, 1)
        y = torch.cat([a, self.branch(b)], 1)
        n, c, h, w = y.shape
        y = y.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        return self.pixels(self.last(F.avg_pool2d(y, 3, 2, 1, ceil_mode=True)))


class Attention(nn.Module):
    """Patches, class token, positions, layer norm, attention and GELU, as in a vision transformer."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 24, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, 24))
        self.positions = nn.Parameter(torch.randn(1, 31, 24))
        self.norm = nn.LayerNorm(24)
        self.qkv = nn.Linear(24, 72)
        self.out = nn.Linear(24, 24)
        self.mlp = nn.Sequential(nn.Linear(24, 50), nn.GELU(), nn.Linear(50, 24))
        self.head = nn.Linear(24, 7)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        n, t, c = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(n, t, 3, 4, c // 4).permute(2, 0, 3, 1, 4).unbind(0)
        y = ((q @ k.transpose(-2, -1)) * 6**-0.5).softmax(-1) @ v
        x = x + self.out(y.transpose(1, 2).reshape(n, t, c))
        return self.head((x + self.mlp(x))[:, 0])


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(5, 9, 6, 3, bias=True)
        self.norm = nn.GroupNorm(3, 9)
        self.lstm = nn.LSTM(9, 4, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(8, 6, batch_first=True)
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        y, _ = self.lstm(F.elu(self.norm(self.conv(F.pad(x, (2, 1))))).transpose(1, 2))
        return self.out(self.gru(y)[0])


class Video(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 6, (3, 5, 7), (1, 2, 2), (1, 2, 3), bias=False)
        self.norm = nn.InstanceNorm3d(6, affine=True)
        self.up = nn.ConvTranspose3d(6, 4, 3, 2)

    def forward(self, x):
        return self.up(F.max_pool3d(F.mish(self.norm(self.conv(x))), (1, 3, 3), (1, 2, 2), (0, 1, 1))).amax((2, 3))


NETWORKS = {
    "resnet": (ResNet, (2, 3, 61, 74)),
    "mobile": (Mobile, (2, 3, 31, 44)),
    "silu": (lambda: Mobile(nn.SiLU), (2, 3, 31, 44)),
    "unet": (UNet, (2, 3, 22, 34)),
    "shuffle": (Shuffle, (2, 3, 21, 34)),
    "attention": (Attention, (2, 3, 20, 24)),
    "sequence": (Sequence, (2, 5, 40)),
    "video": (Video, (1, 3, 7, 20, 31)),
}
