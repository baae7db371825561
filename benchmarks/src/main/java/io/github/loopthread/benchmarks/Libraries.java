package io.github.loopthread.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.util.Assert;

/**
 * The jars beside ours, sorted into class paths: of a plain Spring MVC application, of
 * one with Spring Boot's starter for {@code WebClient}, and of one with ours.
 */
record Libraries(Path classes, List<Path> jars) {

	/** What neither has. */
	private static final List<String> OF_BENCHMARKS = List.of("bc", "commons-math3", "httpc", "jackson-core-2",
			"HdrHistogram", "jmh", "jopt", "LatencyUtils", "micrometer-core", "micrometer-jakarta9",
			"micrometer-registry", "netty-pkitesting", "prometheus", "spring-boot-actuator", "spring-boot-health",
			"spring-boot-micrometer", "spring-boot-restclient", "spring-boot-starter-actuator",
			"spring-boot-starter-micrometer", "spring-boot-starter-restclient", "spring-security", "vertx");

	/** What the starter brings and {@code spring-boot-starter-webmvc} does not. */
	private static final List<String> OF_STARTER = List.of("context-propagation", "loopthread", "netty",
			"reactive-streams", "reactor", "spring-boot-http-client", "spring-boot-http-codec", "spring-boot-reactor",
			"spring-boot-starter-webclient", "spring-boot-webclient", "spring-webflux");

	/** What of that is not Spring Boot's starter for {@code WebClient}. */
	private static final List<String> OF_LOOPTHREAD = List.of("context-propagation", "loopthread");

	static Libraries find() throws IOException {
		Path own = Path.of(System.getProperty("java.class.path"));
		// Not the jar itself, whose manifest names all the others
		Path classes = own.resolveSibling("classes");
		Path libraries = own.resolveSibling("lib");
		if (!Files.isDirectory(classes) || !Files.isDirectory(libraries)) {
			throw new IllegalStateException("This needs the directory in which benchmarks.jar was built");
		}
		try (Stream<Path> jars = Files.list(libraries)) {
			return new Libraries(classes, jars.sorted().toList());
		}
	}

	String withStarter() {
		return classPath((jar) -> !isOneOf(OF_BENCHMARKS, jar));
	}

	String withWebClient() {
		return classPath((jar) -> !isOneOf(OF_BENCHMARKS, jar) && !isOneOf(OF_LOOPTHREAD, jar));
	}

	String withoutStarter() {
		return classPath((jar) -> !isOneOf(OF_BENCHMARKS, jar) && !isOneOf(OF_STARTER, jar));
	}

	/** Return the same with our own classes in a jar. */
	Libraries inJar(Path jar) {
		int status = ToolProvider.findFirst("jar")
			.orElseThrow(() -> new IllegalStateException("This needs a JDK, which has the tool 'jar'"))
			.run(System.err, System.err, "--create", "--file", jar.toString(), "-C", this.classes.toString(), ".");
		Assert.state(status == 0, () -> "The tool 'jar' ended with " + status);
		return new Libraries(jar, this.jars);
	}

	private String classPath(Predicate<Path> included) {
		return Stream.concat(Stream.of(this.classes), this.jars.stream().filter(included))
			.map(Path::toString)
			.collect(Collectors.joining(File.pathSeparator));
	}

	private static boolean isOneOf(List<String> prefixes, Path jar) {
		return prefixes.stream().anyMatch(jar.getFileName().toString()::startsWith);
	}

}
