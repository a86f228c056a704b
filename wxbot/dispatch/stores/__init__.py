"""What dispatch keeps: claims on pushes, and where each patient stands in a dialog."""
