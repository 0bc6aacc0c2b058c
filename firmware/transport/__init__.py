"""How messages travel: datagrams, connections, TLS; what they say is none of its business."""
