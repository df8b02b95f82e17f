"""Systems that answer from a table of features: classifiers of scikit-learn, and what is exported from them."""
