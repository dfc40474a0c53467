"""Bills of materials: CycloneDX and SPDX, with the models and datasets that they name."""
