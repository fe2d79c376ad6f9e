"""What use cases and the store hand each other, beside the values of metering and billing."""
