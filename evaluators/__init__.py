"""What a problem is, the cascade of checks, the verdict."""
