"""Training of the miniature pack: world photographs, two judges, autoencoder, denoiser, realism reference."""
