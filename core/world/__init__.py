"""The miniature world: a grammar of scenes, their captions, and a renderer that photographs them."""
