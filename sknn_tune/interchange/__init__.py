"""Fitted networks for other tools: scikit-learn's own estimators, ONNX.

The functions take a blueprint and arrays, not estimators, and return objects of the other tool.
"""
