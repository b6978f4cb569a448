"""What several tests share: doubles, tiny packs, a browser, the app in a process of its own."""
