"""Reports of scanners: Trivy, Grype, pip-audit, npm audit, SARIF, CycloneDX with vulnerabilities, and VEX."""
