"""What a tool's answer holds that it should not: secrets are masked, personal data is named."""
