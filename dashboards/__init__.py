"""Show load against the plan: Streamlit pages, Grafana dashboards, states."""
