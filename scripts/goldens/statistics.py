"""What the libraries of the field answer: the reference values that src/statistics is held against.

    python scripts/goldens/statistics.py               prints them as one JSON object
    python scripts/goldens/statistics.py FOLDER        writes each of its fields to a file of FOLDER, as src/statistics/goldens

Needs the packages of .ci/statistics.txt. The data are generated here from fixed seeds or published sets, and are part of the output.
"""

import json
import pathlib
import sys

import numpy
import ruptures
from scipy import stats
from sklearn.covariance import EmpiricalCovariance, MinCovDet
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from statsmodels.tsa.holtwinters import ExponentialSmoothing
from statsmodels.tsa.seasonal import STL

here = pathlib.Path(__file__).parent
published = json.loads((here / "../../src/statistics/goldens/published.json").read_text())


def generator(seed):
    return numpy.random.default_rng(seed)


def listed(array):
    """Numbers as lists. JSON has no infinities."""
    return numpy.asarray(array, dtype=float).tolist()


def columns(name, count):
    return numpy.array(published[name]["rows"])[:, :count]


def distributions():
    points = {
        "normal": ([], stats.norm, [-8, -3, -1, -0.1, 0, 0.5, 1.96, 5, 12]),
        "chiSquare": ([[0.5], [1], [2], [5], [30], [1000], [1000000]], stats.chi2, [1e-9, 0.1, 1, 3, 20, 60, 950, 1100, 998000, 1003000]),
        "studentT": ([[0.7], [1], [2.5], [10], [100], [100000]], stats.t, [-30, -3, -1, -1e-5, 0, 0.2, 2, 6, 40]),
        "fisherF": ([[1, 1], [2, 7], [5, 3], [10, 50], [300, 200], [5, 100000]], stats.f, [1e-6, 0.05, 0.5, 1, 1.3, 4, 30]),
    }
    shares = [1e-10, 1e-4, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999]
    rows = []
    for name, (parameters, distribution, xs) in points.items():
        for given in parameters or [[]]:
            frozen = distribution(*given)
            rows.append({"name": name, "parameters": given, "x": xs, "cdf": listed(frozen.cdf(xs)), "upper": listed(frozen.sf(xs)), "p": shares, "quantile": listed(frozen.ppf(shares))})
    xs = [0.1, 0.3, 0.5, 0.8, 0.99, 1, 1.2, 1.36, 2, 3]
    return {"continuous": rows, "kolmogorov": {"x": xs, "upper": listed(stats.kstwobign.sf(xs))}}


def univariate():
    values = numpy.round(generator(1).standard_gamma(2, 37) * 10, 3)
    quartiles = numpy.quantile(values, [0.25, 0.5, 0.75, 0.1, 0.333], method="linear")
    return {
        "values": listed(values),
        "p": [0.25, 0.5, 0.75, 0.1, 0.333],
        "quantile": listed(quartiles),
        "mad": float(stats.median_abs_deviation(values)),
        "trimmedMean": float(stats.trim_mean(values, 0.1)),
        "variance": float(values.var(ddof=1)),
        "skewness": float(stats.skew(values)),
        "excessKurtosis": float(stats.kurtosis(values)),
        "zScores": listed(stats.zscore(values, ddof=1)),
    }


def neighbours():
    data = generator(2)
    rows = numpy.round(numpy.concatenate([data.standard_normal((70, 3)), 6 + 0.2 * data.standard_normal((25, 3)), data.uniform(-9, 9, (5, 3))]), 5)
    by_k = []
    for k in (5, 20):
        factors = -LocalOutlierFactor(n_neighbors=k).fit(rows).negative_outlier_factor_
        distances = NearestNeighbors(n_neighbors=k).fit(rows).kneighbors()[0][:, -1]
        by_k.append({"k": k, "lof": listed(factors), "kDistance": listed(distances)})
    return {"rows": listed(rows), "byK": by_k}


def covariance():
    sets = []
    for name, count, quantile in (("hbk", 3, 0.975), ("starsCYG", 2, 0.975), ("wood", 5, 0.975)):
        rows = columns(name, count)
        classical = EmpiricalCovariance().fit(rows)
        n = len(rows)
        # The best of ten: one run of FastMCD of scikit-learn depends on its seed.
        fits = [MinCovDet(random_state=seed, support_fraction=((n + count + 1) // 2) / n).fit(rows) for seed in range(10)]
        best = min(fits, key=lambda fit: numpy.linalg.slogdet(numpy.cov(rows[fit.raw_support_].T))[1])
        distances = best.mahalanobis(rows)
        sets.append({
            "name": name,
            "columns": count,
            # Over n there, over n - 1 here.
            "classical": listed(numpy.sqrt(classical.mahalanobis(rows) * (n - 1) / n)),
            "logDeterminant": float(numpy.linalg.slogdet(numpy.cov(rows[best.raw_support_].T))[1]),
            "location": listed(best.location_),
            "covariance": listed(best.covariance_),
            "outliers": numpy.flatnonzero(distances > stats.chi2(count).ppf(quantile)).tolist(),
        })
    return sets


def isolation():
    data = generator(3)
    rows = numpy.round(numpy.concatenate([data.standard_normal((280, 3)), data.uniform(-6, 6, (20, 3))]), 4)
    scores = numpy.mean([-IsolationForest(random_state=seed).fit(rows).score_samples(rows) for seed in range(10)], axis=0)
    return {"rows": listed(rows), "scores": listed(scores)}


def series():
    data = generator(4)
    at = numpy.arange(84)
    values = numpy.round(10 + 0.1 * at + 3 * numpy.sin(at * 2 * numpy.pi / 12) + 0.5 * data.standard_normal(84), 4)
    values[40] += 15
    values[61] -= 9
    stl = []
    for options in ({"robust": False}, {"robust": True}, {"robust": True, "seasonal": 13}, {"robust": True, "trend": 35}):
        fit = STL(values, period=12, **options).fit()
        stl.append({"options": options, "trend": listed(fit.trend), "seasonal": listed(fit.seasonal), "belief": listed(fit.weights)})
    season = [0.1 * i for i in range(12)]
    model = ExponentialSmoothing(values, trend="add", seasonal="add", seasonal_periods=12, initialization_method="known", initial_level=9.5, initial_trend=0.1, initial_seasonal=season)
    fit = model.fit(smoothing_level=0.4, smoothing_trend=0.2, smoothing_seasonal=0.3, optimized=False)
    start = {"level": 9.5, "trend": 0.1, "season": season}
    return {"values": listed(values), "stl": stl, "holtWinters": {"start": start, "rates": {"level": 0.4, "trend": 0.2, "season": 0.3}, "forecasts": listed(fit.fittedvalues)}}


def change_points():
    """PELT of ruptures on levels in noise, on whole numbers with ties, and on values without a change. Its cost is not divided by the variance: its penalty is ours times that."""
    data = generator(6)
    levels = numpy.repeat([0.0, 4.0, 3.0, 3.0, -2.0], [40, 25, 60, 3, 50])
    rows = []
    for values, sigma, penalty, minimum in (
        (numpy.round(levels + data.standard_normal(levels.size), 5), 1.0, 2 * numpy.log(levels.size), 2),
        (numpy.round(levels + 0.5 * data.standard_normal(levels.size), 5), 0.5, 3.0, 5),
        (numpy.floor(levels + data.uniform(0, 3, levels.size)), 1.2, 6.0, 1),
        (numpy.round(data.standard_normal(120), 5), 1.0, 2 * numpy.log(120), 2),
        (numpy.array([1.0, 1.0, 1.0, 9.0, 9.0, 9.0]), 1.0, 2.0, 2),
    ):
        ends = ruptures.Pelt(model="l2", min_size=minimum, jump=1).fit(values).predict(pen=penalty * sigma**2)
        rows.append({"values": listed(values), "sigma": sigma, "penalty": float(penalty), "minimum": minimum, "places": [int(end) for end in ends[:-1]]})
    return rows


def stability():
    """PSI by its formula in NumPy: bins at quantiles of the reference, each with its upper edge, half a count added to each."""
    data = generator(7)
    rows = []
    for bins, reference, current in (
        (10, data.standard_normal(300), data.standard_normal(200) + 0.3),
        (10, data.standard_gamma(2, 41), data.standard_gamma(3, 17)),
        (4, data.uniform(0, 1, 9), data.uniform(0, 1, 3)),
    ):
        reference, current = numpy.round(reference, 6), numpy.round(current, 6)
        inner = numpy.quantile(reference, numpy.arange(1, bins) / bins, method="linear")
        counts = [numpy.bincount(numpy.searchsorted(inner, side, side="left"), minlength=bins) + 0.5 for side in (reference, current)]
        old, new = [count / count.sum() for count in counts]
        rows.append({"bins": bins, "reference": listed(reference), "current": listed(current), "value": float(((new - old) * numpy.log(new / old)).sum())})
    return rows


def tied():
    """Small samples with ties: SciPy's own exact p-value takes ties for different values, so every way to share out the values is gone through."""
    rows = []
    for a, b in (([1, 1, 2, 3, 3, 3], [1, 3, 4, 4, 4]), ([0, 0, 0, 1], [0, 1, 1, 1, 1, 1, 2]), ([5, 5], [5, 5]), ([2, 2, 2], [2, 2]), ([1, 2, 3], [4, 5, 6])):
        gap = lambda x, y: stats.ks_2samp(x, y, method="asymp").statistic
        every = stats.permutation_test((a, b), gap, permutation_type="independent", n_resamples=numpy.inf, alternative="greater", vectorized=False)
        rows.append({"a": listed(a), "b": listed(b), "statistic": float(gap(a, b)), "pValue": float(every.pvalue)})
    return rows


def distance():
    data = generator(5)
    samples = []
    for n, m, shift in ((12, 9, 0.0), (40, 55, 0.4), (200, 150, 0.1)):
        a, b = numpy.round(data.standard_normal(n), 6), numpy.round(data.standard_normal(m) + shift, 6)
        exact = stats.ks_2samp(a, b, method="exact")
        limit = stats.kstwobign.sf(exact.statistic * numpy.sqrt(n * m / (n + m)))
        samples.append({"a": listed(a), "b": listed(b), "statistic": float(exact.statistic), "at": float(exact.statistic_location), "pValue": float(exact.pvalue), "limit": float(limit)})
    fits = []
    for seen, wanted in (([16, 18, 16, 14, 12, 12], [1, 1, 1, 1, 1, 1]), ([43, 52, 54, 40], [30, 60, 60, 39]), ([1, 0, 2], [1, 1, 1])):
        result = stats.chisquare(seen, numpy.array(wanted) / sum(wanted) * sum(seen))
        fits.append({"observed": seen, "expected": wanted, "statistic": float(result.statistic), "pValue": float(result.pvalue)})
    tables = []
    for a, b in (([90, 60, 104, 95], [30, 50, 51, 20]), ([5, 900], [9, 700]), ([1, 0, 3], [2, 5, 1]), ([1, 0], [0, 1])):
        result = stats.chi2_contingency([a, b], correction=False)
        tables.append({"a": a, "b": b, "statistic": float(result.statistic), "pValue": float(result.pvalue), "freedom": int(result.dof), "expectedMin": float(result.expected_freq.min())})
    return {"kolmogorovSmirnov": samples, "kolmogorovSmirnovTied": tied(), "chiSquareFit": fits, "chiSquareTwoSamples": tables, "psi": stability()}


goldens = {
    "distributions": distributions(),
    "univariate": univariate(),
    "neighbours": neighbours(),
    "covariance": covariance(),
    "isolation": isolation(),
    "series": series(),
    "distance": distance(),
    "changes": change_points(),
}
if len(sys.argv) > 1:
    for name, golden in goldens.items():
        (pathlib.Path(sys.argv[1]) / f"{name}.json").write_text(json.dumps(golden) + "\n")
else:
    print(json.dumps(goldens))
