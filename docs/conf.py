"""Configuration of the documentation. Nothing is fetched while it is built."""

import sys
import warnings
from pathlib import Path

from sklearn.exceptions import ConvergenceWarning

import sknn_tune

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "sknn_tune"
copyright = "the sknn_tune developers"
version = release = sknn_tune.__version__

extensions = [
    "matplotlib.sphinxext.plot_directive",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
    "mathml",
    "option_table",
]
exclude_patterns = ["_build", "course", "examples", "pictures"]
templates_path = ["_templates"]
# Inherited docstrings refer to scikit-learn's user guide and glossary.
suppress_warnings = ["ref.ref", "ref.term"]

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

plot_formats = [("svg", 72)]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_include_source = False
plot_basedir = str(Path(__file__).parent)
plot_rcparams = {"figure.figsize": (7, 3), "axes.spines.top": False, "axes.spines.right": False}
plot_apply_rcparams = True

# Its networks train for a number of epochs that is meant.
warnings.simplefilter("ignore", ConvergenceWarning)
# The course and the gallery run their pages; one that fails ends the build.
sphinx_gallery_conf = {
    "examples_dirs": ["course", "examples"],
    "gallery_dirs": ["lessons", "gallery"],
    "filename_pattern": "/(lesson|plot)_",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_signature": False,
    "plot_gallery": True,
    "min_reported_time": 20,
    "write_computation_times": False,  # its page would need a network
    "capture_repr": (),
    "reset_modules": ("gallery_style.reset",),
    "thumbnail_size": (480, 336),
}

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = "sknn_tune"
html_theme_options = {
    "show_toc_level": 2,
    "show_nav_level": 2,  # captions of the sidebar are open
    "secondary_sidebar_items": ["page-toc"],
    "navigation_with_keys": False,
    "navbar_align": "left",
}
html_context = {"default_mode": "auto"}  # light or dark, as the browser wishes
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_sidebars = {"index": []}
