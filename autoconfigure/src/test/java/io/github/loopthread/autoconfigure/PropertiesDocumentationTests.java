package io.github.loopthread.autoconfigure;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

import io.github.loopthread.Transport;
import io.github.loopthread.autoconfigure.context.LoopContextAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.autoconfigure.redis.LoopRedisAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The properties of the code, those that an editor offers, and those of
 * docs/configuration.md are the same.
 */
@Timeout(60)
class PropertiesDocumentationTests {

	private static final Path METADATA = Path.of("target/classes/META-INF/spring-configuration-metadata.json");

	private static final Map<String, String> KINDS = Map.of("java.lang.Boolean", "boolean", "java.lang.Integer",
			"number", "java.time.Duration", "duration", "java.lang.String", "text", Transport.class.getName(),
			"one of");

	private final Map<String, Property> documented = documented();

	private final Map<String, JsonNode> metadata = metadata();

	@Test
	void codeMetadataAndDocumentHaveTheSameProperties() {
		assertThat(this.metadata).isNotEmpty();
		assertThat(this.documented.keySet()).isEqualTo(this.metadata.keySet());
		assertThat(defaults().keySet()).isEqualTo(this.metadata.keySet());
	}

	@Test
	void codeMetadataAndDocumentHaveTheSameDefaults() {
		Map<String, String> defaults = defaults();
		this.metadata.forEach((name, property) -> {
			assertThat(property.path("defaultValue").asString("")).as(name).isEqualTo(defaults.get(name));
			assertThat(documented(name).defaultValue()).as(name).isEqualTo(defaults.get(name));
		});
		assertThat(defaults).containsEntry("loop.timeout", "30s").containsEntry("loop.watchdog.threshold", "500ms");
		defaults.entrySet().removeIf((property) -> !property.getValue().isEmpty());
		assertThat(defaults).as("without a default").containsOnlyKeys("loop.web-client.base-url");
	}

	@Test
	void documentSaysWhatEditorsSay() {
		this.metadata.forEach((name, property) -> {
			assertThat(documented(name).meaning()).as(name).isEqualTo(property.path("description").asString(""));
			assertThat(documented(name).allowed()).as(name).startsWith(KINDS.get(property.get("type").asString()));
		});
	}

	@Test
	void descriptionsArePhrases() {
		this.metadata.forEach((name, property) -> {
			String description = property.path("description").asString("");
			assertThat(description).as(name)
				.isNotBlank()
				.doesNotEndWith(".")
				.doesNotContainPattern("[{}<>`]")
				.doesNotContainPattern("(?i)^(the|a|an|this|default) ");
			boolean whether = description.startsWith("whether ");
			assertThat(whether).as(name).isEqualTo(property.get("type").asString().equals("java.lang.Boolean"));
		});
	}

	@Test
	void transportsAreOfferedAndDocumentedInLowerCase() {
		String[] transports = Stream.of(Transport.values())
			.map(PropertiesDocumentationTests::print)
			.toArray(String[]::new);
		JsonNode hint = JsonMapper.shared().readTree(METADATA).get("hints").get(0);
		assertThat(hint.get("name").asString()).isEqualTo("loop.transport");
		assertThat(hint.get("values").valueStream().map((value) -> value.get("value").asString()))
			.containsExactlyInAnyOrder(transports);
		assertThat(documented("loop.transport").allowed()).contains(transports);
	}

	@Test
	void editorsOfferSwitchOfHealth() {
		JsonNode properties = JsonMapper.shared().readTree(METADATA).get("properties");
		assertThat(properties.valueStream().map((property) -> property.get("name").asString()))
			.containsOnlyOnce("management.health.loop.enabled");
	}

	@Test
	void everyPropertyIsBoundFromYaml() {
		try (ConfigurableApplicationContext context = run("--spring.config.location=classpath:/every-property.yml")) {
			Map<String, String> bound = new TreeMap<>();
			Map<String, String> written = new TreeMap<>();
			context.getBeansWithAnnotation(ConfigurationProperties.class)
				.values()
				.stream()
				.filter((properties) -> properties.getClass().getName().startsWith("io.github.loopthread."))
				.forEach((properties) -> collect(prefix(properties.getClass()), properties, bound));
			this.metadata.keySet()
				.forEach((name) -> written.put(name, context.getEnvironment().getProperty(name, "?")));
			written.put("loop.startup-timeout", "60s");
			assertThat(bound).isEqualTo(written);
			Map<String, String> defaults = defaults();
			written.keySet().removeIf((name) -> !written.get(name).equals(defaults.get(name)));
			assertThat(written).as("not changed").containsOnlyKeys("loop.enabled", "loop.web-client.enabled");
		}
	}

	private Property documented(String name) {
		assertThat(this.documented).containsKey(name);
		return this.documented.get(name);
	}

	private static ConfigurableApplicationContext run(String... arguments) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setBannerMode(Banner.Mode.OFF);
		return application.run(arguments);
	}

	/**
	 * The properties that the records of the code have, with what they are bound to where
	 * nothing is configured.
	 */
	private static Map<String, String> defaults() {
		ClassPathScanningCandidateComponentProvider scanner = new ClassPathScanningCandidateComponentProvider(false);
		scanner.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
		Binder nothing = new Binder(new MapConfigurationPropertySource(new HashMap<>()));
		Map<String, String> defaults = new TreeMap<>();
		for (BeanDefinition candidate : scanner.findCandidateComponents("io.github.loopthread")) {
			Class<?> type = ClassUtils.resolveClassName(candidate.getBeanClassName(), null);
			collect(prefix(type), nothing.bindOrCreate(prefix(type), type), defaults);
		}
		return defaults;
	}

	private static String prefix(Class<?> type) {
		return type.getAnnotation(ConfigurationProperties.class).value();
	}

	private static void collect(String prefix, Object properties, Map<String, String> values) {
		for (RecordComponent component : properties.getClass().getRecordComponents()) {
			ReflectionUtils.makeAccessible(component.getAccessor());
			Object value = ReflectionUtils.invokeMethod(component.getAccessor(), properties);
			String name = prefix + "." + DataObjectPropertyName.toDashedForm(component.getName());
			if (value instanceof Record nested) {
				collect(name, nested, values);
			}
			else {
				values.put(name, print(value));
			}
		}
	}

	private static String print(Object value) {
		if (value instanceof Duration duration) {
			return PropertyRules.print(duration);
		}
		if (value instanceof Enum<?> constant) {
			return constant.toString();
		}
		return (value != null) ? value.toString() : "";
	}

	private static Map<String, JsonNode> metadata() {
		Map<String, JsonNode> metadata = new TreeMap<>();
		for (JsonNode property : JsonMapper.shared().readTree(METADATA).get("properties")) {
			String name = property.get("name").asString();
			// Those of endpoints are Spring Boot's own
			if (!name.startsWith("management.")) {
				metadata.put(name, property);
			}
		}
		return metadata;
	}

	private static Map<String, Property> documented() {
		try {
			Map<String, Property> documented = new TreeMap<>();
			Pattern.compile("^\\| `(loop\\.[a-z.-]+)` \\| (?:`(.*?)`)? ?\\| (.*) \\| (.*) \\|$", Pattern.MULTILINE)
				.matcher(Files.readString(Path.of("../docs/configuration.md")))
				.results()
				.forEach((row) -> documented.put(row.group(1), Property.of(row)));
			return documented;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	record Property(String defaultValue, String allowed, String meaning) {

		static Property of(MatchResult row) {
			return new Property((row.group(2) != null) ? row.group(2) : "", withoutTicks(row.group(3)),
					withoutTicks(row.group(4)));
		}

		private static String withoutTicks(String text) {
			return text.replace("`", "");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ LoopContextAutoConfiguration.class, LoopAutoConfiguration.class,
			LoopWebClientAutoConfiguration.class, LoopRedisAutoConfiguration.class })
	static class Application {

	}

}
