"""Finds the outliers of the rows of a file of doubles with scikit-learn, as anybody would call it.

Prints as JSON the seconds of the fit alone, and for `mcd` the rows beyond the cutoff and the logarithm of the core's determinant; the factors of `lof` go to a
file.
"""
import json
import sys
import time

import numpy
from scipy.stats import chi2
from sklearn.covariance import MinCovDet
from sklearn.neighbors import LocalOutlierFactor

method, source, columns, target = sys.argv[1:]
rows = numpy.fromfile(source).reshape(-1, int(columns))
begun = time.perf_counter()
if method == "lof":
    factors = -LocalOutlierFactor(n_neighbors=20).fit(rows).negative_outlier_factor_
    seconds = time.perf_counter() - begun
    factors.tofile(target)
    print(json.dumps({"seconds": seconds}))
else:
    fit = MinCovDet(random_state=0).fit(rows)
    outliers = fit.dist_ > chi2(rows.shape[1]).ppf(0.975)
    seconds = time.perf_counter() - begun
    core = numpy.linalg.slogdet(numpy.cov(rows[fit.raw_support_].T))[1]
    print(json.dumps({"seconds": seconds, "logDeterminant": core, "outliers": numpy.flatnonzero(outliers).tolist()}))
