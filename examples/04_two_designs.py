"""Two designs side by side: the paper's ResNet-50 and the one that torchvision ships."""

import convmath as cm

designs = {
    "stride in the 1x1 (paper)": cm.zoo.resnet50(stride_in_1x1=True),
    "stride in the 3x3 (v1.5)": cm.zoo.resnet50(),
}
reports = {name: net.analyze((1, 3, 224, 224)) for name, net in designs.items()}
print(f"{'':28} {'params':>12} {'MACs':>15} {'receptive field':>16}")
for name, report in reports.items():
    print(f"{name:28} {report.totals.params:12,} {report.totals.macs:15,} {report['layer4'].fields[0].size:16}")

paper, shipped = (report.fold(1) for report in reports.values())
print("\nMACs by stage, and what the later stride adds:")
for row, other in zip(paper.rows, shipped.rows, strict=True):
    if row.cost.macs:
        print(f"{row.name:10} {row.cost.macs:15,} {other.cost.macs:15,} {other.cost.macs - row.cost.macs:+14,}")
