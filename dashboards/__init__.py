"""The app: pages in a browser on this machine, over the service layer."""
