package io.github.loopthread.autoconfigure.metrics;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.yaml.snakeyaml.Yaml;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

import io.github.loopthread.LoopTaskListener.Outcome;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.NothingLeftExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The dashboard and the alerts of docs/operations.md ask for what a running application
 * gives to Prometheus, and for nothing else.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class DashboardTests {

	private static final Pattern SAMPLE = Pattern.compile("^(loop_\\w+)\\{(.*)} \\S+$", Pattern.MULTILINE);

	private static final Pattern USE = Pattern.compile("\\b(loop_\\w+)(?:\\{([^}]*)})?");

	private static final Pattern MATCHER = Pattern.compile("(\\w+)(?:=~|!~|!=|=)\"([^\"]*)\"");

	private static final Pattern BY = Pattern.compile("by \\(([^)]*)\\)");

	// Prometheus has them from where it scrapes
	private static final Set<String> LABELS_OF_PROMETHEUS = Set.of("job", "instance");

	private static Map<String, Set<String>> labels;

	@BeforeAll
	@Timeout(180)
	static void scrape() throws Exception {
		SpringApplication spring = new SpringApplication(Application.class);
		spring.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off",
				"management.endpoints.web.exposure.include", "prometheus"));
		String scraped;
		try (ConfigurableApplicationContext context = spring.run()) {
			context.getBean(LoopTemplate.class).execute(Mono.just("value"));
			scraped = scrape(((WebServerApplicationContext) context).getWebServer().getPort());
		}
		labels = new HashMap<>();
		SAMPLE.matcher(scraped)
			.results()
			.filter((sample) -> !sample.group(1).startsWith("loop_execute"))
			.forEach((sample) -> labels.computeIfAbsent(sample.group(1), (name) -> new HashSet<>())
				.addAll(names(sample.group(2))));
		assertThat(labels).isNotEmpty();
	}

	private static String scrape(int port) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/prometheus"))
			.timeout(Duration.ofSeconds(20))
			.build();
		HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).isEqualTo(200);
		return response.body();
	}

	@Test
	void dashboardAsksForWhatThereIs() throws IOException {
		List<String> queries = queriesOfDashboard();
		assertThat(queries).hasSizeGreaterThan(15).allSatisfy(DashboardTests::assertAsksForWhatThereIs);
	}

	@Test
	void dashboardShowsEveryMeter() throws IOException {
		Set<String> shown = queriesOfDashboard().stream()
			.flatMap((query) -> USE.matcher(query).results())
			.map((use) -> meter(use.group(1)))
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(shown).isEqualTo(
				labels.keySet().stream().map(DashboardTests::meter).collect(Collectors.toCollection(TreeSet::new)));
	}

	@Test
	void panelsOfDashboardHavePlacesOfTheirOwn() throws IOException {
		Set<Integer> ids = new HashSet<>();
		Set<String> squares = new HashSet<>();
		for (JsonNode panel : dashboard().get("panels")) {
			assertThat(ids.add(panel.get("id").asInt())).isTrue();
			JsonNode place = panel.get("gridPos");
			assertThat(place.get("x").asInt() + place.get("w").asInt()).isLessThanOrEqualTo(24);
			for (int x = 0; x < place.get("w").asInt(); x++) {
				for (int y = 0; y < place.get("h").asInt(); y++) {
					String square = (place.get("x").asInt() + x) + "/" + (place.get("y").asInt() + y);
					assertThat(squares.add(square)).as("%s of %s", square, panel.get("title")).isTrue();
				}
			}
		}
	}

	@Test
	void alertsAskForWhatThereIsAndSayWhatToDo() throws IOException {
		List<Map<String, ?>> alerts = alerts();
		assertThat(alerts).extracting((alert) -> alert.get("alert")).doesNotHaveDuplicates().hasSizeGreaterThan(8);
		assertThat(alerts).allSatisfy((alert) -> {
			assertAsksForWhatThereIs(String.valueOf(alert.get("expr")));
			assertThat(alert.get("expr").toString()).containsPattern("( [<>]|==) ");
			assertThat((Map<?, ?>) alert.get("labels")).extracting("severity").isIn("warning", "critical");
			Map<?, ?> annotations = (Map<?, ?>) alert.get("annotations");
			assertThat(annotations.get("summary")).asString().isNotBlank();
			assertThat(annotations.get("description")).asString().isNotBlank();
			Set<String> kept = BY.matcher(alert.get("expr").toString())
				.results()
				.flatMap((by) -> Arrays.stream(by.group(1).split(", ")))
				.collect(Collectors.toSet());
			if (!kept.isEmpty()) {
				assertThat(Pattern.compile("\\$labels\\.(\\w+)")
					.matcher(annotations.toString())
					.results()
					.map((label) -> label.group(1))).isSubsetOf(kept);
			}
		});
	}

	private static void assertAsksForWhatThereIs(String query) {
		assertThat(query.replaceAll("[^({\\[]", "")).as(query).hasSameSizeAs(query.replaceAll("[^)}\\]]", ""));
		List<MatchResult> uses = USE.matcher(query).results().toList();
		assertThat(uses).as(query).isNotEmpty();
		Set<String> known = new HashSet<>(LABELS_OF_PROMETHEUS);
		for (MatchResult use : uses) {
			assertThat(labels).as(query).containsKey(use.group(1));
			known.addAll(labels.get(use.group(1)));
			if (use.group(2) != null) {
				assertMatches(use.group(1), use.group(2));
			}
		}
		BY.matcher(query)
			.results()
			.flatMap((by) -> Arrays.stream(by.group(1).split(", ")))
			.forEach((label) -> assertThat(known).as(query).contains(label));
	}

	private static void assertMatches(String metric, String matchers) {
		assertThat(MATCHER.matcher(matchers).replaceAll("").replace(",", "")).as(matchers).isBlank();
		MATCHER.matcher(matchers).results().forEach((matcher) -> {
			if (LABELS_OF_PROMETHEUS.contains(matcher.group(1))) {
				return;
			}
			assertThat(labels.get(metric)).as(matchers).contains(matcher.group(1));
			Set<String> values = switch (matcher.group(1)) {
				case "outcome" -> Arrays.stream(Outcome.values())
					.map((outcome) -> outcome.name().toLowerCase(Locale.ROOT))
					.collect(Collectors.toSet());
				case "state" -> Set.of("active", "idle", "pending");
				default -> Set.of();
			};
			assertThat(values).as(matchers).contains(matcher.group(2).split("\\|"));
		});
	}

	private static String meter(String sample) {
		return sample.replaceAll("_(seconds_)?(count|sum|max|total)$", "");
	}

	private static Set<String> names(String labels) {
		return MATCHER.matcher(labels).results().map((label) -> label.group(1)).collect(Collectors.toSet());
	}

	private static List<String> queriesOfDashboard() throws IOException {
		List<String> queries = new ArrayList<>();
		dashboard().findValues("expr").forEach((query) -> queries.add(query.asString()));
		dashboard().findValues("definition")
			.forEach((query) -> queries.add(query.asString().replaceAll("label_values\\((.*), \\w+\\)", "$1")));
		return queries;
	}

	private static JsonNode dashboard() throws IOException {
		return JsonMapper.shared().readTree(Files.readString(Path.of("../docs/grafana/loopthread.json")));
	}

	private static List<Map<String, ?>> alerts() throws IOException {
		Map<String, List<Map<String, List<Map<String, ?>>>>> rules = new Yaml()
			.load(Files.readString(Path.of("../docs/prometheus/loopthread-alerts.yml")));
		return rules.get("groups").stream().flatMap((group) -> group.get("rules").stream()).toList();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
