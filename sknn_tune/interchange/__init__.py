"""Fitted networks for other tools: scikit-learn's own estimators, ONNX.

Stands below the estimators: it takes what they know about a network and returns it in another
tool's terms.
"""
