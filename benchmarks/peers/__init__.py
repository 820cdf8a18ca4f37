"""What the gateway is compared with: the least and the most that a server of the same answers can be."""
