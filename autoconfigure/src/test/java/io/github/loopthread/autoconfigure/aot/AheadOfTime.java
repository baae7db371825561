package io.github.loopthread.autoconfigure.aot;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import org.springframework.boot.SpringApplicationAotProcessor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Does to an application what the build plugin's {@code process-aot} does, and starts the
 * result in a process of its own.
 */
final class AheadOfTime {

	private final Class<?> application;

	private final Path sources;

	private final Path resources;

	private final Path classes;

	private final Path log;

	AheadOfTime(Class<?> application, Path directory) {
		this.application = application;
		this.sources = directory.resolve("sources");
		this.resources = directory.resolve("resources");
		this.classes = directory.resolve("classes");
		this.log = directory.resolve("application.log");
	}

	/**
	 * Generate and compile.
	 * @param arguments those of the application
	 */
	void process(String... arguments) throws Exception {
		List<String> all = new ArrayList<>(List.of(this.application.getName(), this.sources.toString(),
				this.resources.toString(), this.classes.toString(), "io.github.loopthread", "aot"));
		all.addAll(List.of(arguments));
		SpringApplicationAotProcessor.main(all.toArray(String[]::new));
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
				Stream<Path> generated = Files.walk(this.sources)) {
			List<Path> sources = generated.filter((file) -> file.toString().endsWith(".java")).toList();
			List<String> options = List.of("-nowarn", "-proc:none", "-implicit:none", "-classpath", classpath(), "-d",
					this.classes.toString());
			assertThat(compiler.getTask(null, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
				.call()).isTrue();
		}
	}

	/**
	 * Return what is generated for a native image.
	 */
	String metadata() throws IOException {
		return Files.readString(
				this.resources.resolve("META-INF/native-image/io.github.loopthread/aot/reachability-metadata.json"));
	}

	Process start(String... arguments) throws IOException {
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dspring.aot.enabled=true", "-cp", classpath(),
				this.application.getName());
		builder.command().addAll(List.of(arguments));
		Files.createFile(this.log);
		return builder.redirectErrorStream(true).redirectOutput(this.log.toFile()).start();
	}

	String log() throws IOException {
		return Files.readString(this.log);
	}

	private String classpath() {
		return String.join(File.pathSeparator, this.classes.toString(), this.resources.toString(),
				System.getProperty("java.class.path"));
	}

}
