"""The web app: pages, the addresses of scripts and pictures, and what the server prepares beside them.

It may import anything of core that loads no torch; core never imports it.
"""
