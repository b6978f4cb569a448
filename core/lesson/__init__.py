"""What the lesson pages compute, without Streamlit and without torch: one module per topic."""
