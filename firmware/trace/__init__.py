"""What has happened: marks, and pictures, records, bundles and the time machine made of them."""
