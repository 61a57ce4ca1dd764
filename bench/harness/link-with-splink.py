"""Links rows with Splink by the rules that Millrace is given, as JSON on standard input; what it finds and how long it takes comes as JSON."""
import json
import sys
import time

import duckdb
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

asked = json.load(sys.stdin)
rules = asked["rules"]


def expression(part):
    if isinstance(part, str):
        return part
    if "first" in part:
        return f"left({part['of']}, {part['first']})"
    return f"year({part['year']})"


def blocking(rule):
    return block_on(*[expression(part) for part in (rule if isinstance(rule, list) else [rule])])


def level(column, given, frequency):
    if given == "exact":
        return levels.ExactMatchLevel(column, term_frequency_adjustments=frequency)
    [[kind, bound]] = given.items()
    if kind == "jaroWinkler":
        return levels.JaroWinklerLevel(column, bound)
    if kind == "damerau":
        return levels.DamerauLevenshteinLevel(column, bound)
    if kind == "days":
        return levels.AbsoluteDateDifferenceLevel(column, input_is_string=False, threshold=bound, metric="day")
    raise ValueError(f"no level {kind}")


def comparison(given):
    column = given["column"]
    own = [level(column, each, given.get("frequency", False)) for each in given["levels"]]
    return comparisons.CustomComparison(output_column_name=column, comparison_levels=[levels.NullLevel(column), *own, levels.ElseLevel()])


connection = duckdb.connect()
connection.execute(f"set threads = {asked['threads']}")
connection.execute(f"create table people as from '{asked['data']}'")
started = time.perf_counter()
api = DuckDBAPI(connection)
linker = Linker(
    api.register("people"),
    SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name=rules["key"],
        blocking_rules_to_generate_predictions=[blocking(rule) for rule in rules["block"]],
        comparisons=[comparison(each) for each in rules["compare"]],
        em_convergence=asked.get("still", 0.0001),
        max_iterations=asked.get("rounds", 25),
    ),
    log_level=None,
)
linker.training.estimate_probability_two_random_records_match([blocking(rule) for rule in asked["certain"]], recall=asked["recall"])
linker.training.estimate_u_using_random_sampling(max_pairs=asked["chancePairs"], seed=1, min_count_per_level=None)
for rule in rules["block"]:
    linker.training.estimate_parameters_using_expectation_maximisation(blocking(rule))
trained = time.perf_counter()
pairs = linker.inference.predict(threshold_match_probability=0.01)
scored = time.perf_counter()
clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=0.95)
ended = time.perf_counter()

key = rules["key"]
found = connection.execute(f"""
    select threshold, count_if(match_probability >= threshold) as pairs, count_if(match_probability >= threshold and a.entity = b.entity) as is_right
    from {pairs.physical_name} p join people a on a.{key} = p.{key}_l join people b on b.{key} = p.{key}_r, unnest([0.5, 0.9, 0.95, 0.99]) as t(threshold) group by threshold order by threshold""").fetchall()
true = connection.execute("select sum(n * (n - 1) // 2) from (select count(*) as n from people group by entity)").fetchone()[0]
settings = linker.misc.save_model_to_json()
print(json.dumps({
    "seconds": {"train": trained - started, "score": scored - trained, "cluster": ended - scored, "all": ended - started},
    "prior": settings["probability_two_random_records_match"],
    "levels": {
        each["output_column_name"]: {
            "m": [level.get("m_probability") for level in each["comparison_levels"] if not level.get("is_null_level")],
            "u": [level.get("u_probability") for level in each["comparison_levels"] if not level.get("is_null_level")],
        }
        for each in settings["comparisons"]
    },
    "true": int(true),
    "quality": [{"threshold": float(threshold), "pairs": pairs, "right": right} for threshold, pairs, right in found],
    "clusters": connection.execute(f"select count(distinct cluster_id) from {clusters.physical_name}").fetchone()[0],
}))
