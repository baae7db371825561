package io.github.loopthread.examples;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import org.springframework.util.FileSystemUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Examples that need Java 21, in {@code src/test/java21}. The build compiles for Java 17,
 * so these are compiled by the tests that use them, when they run on such a JDK.
 */
final class Java21Sources {

	private static final Path ROOT = Path.of("src/test/java21");

	private Java21Sources() {
	}

	/**
	 * Compile a class and define it beside the caller's, so that they see each other's
	 * package-private types.
	 */
	static Class<?> load(MethodHandles.Lookup caller, String simpleName) {
		Path source = ROOT.resolve(caller.lookupClass().getPackageName().replace('.', '/'))
			.resolve(simpleName + ".java");
		try {
			Path output = Files.createTempDirectory("java21");
			try {
				compile(source, output);
				for (Path file : classes(output)) {
					caller.defineClass(Files.readAllBytes(file));
				}
			}
			finally {
				FileSystemUtils.deleteRecursively(output);
			}
			return caller.findClass(caller.lookupClass().getPackageName() + "." + simpleName);
		}
		catch (IOException | ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static List<Path> classes(Path output) throws IOException {
		try (Stream<Path> files = Files.walk(output)) {
			return files.filter((file) -> file.toString().endsWith(".class")).sorted().toList();
		}
	}

	/**
	 * Create an instance with the only constructor that the class has.
	 */
	static <T> T create(Class<?> type, Class<T> as, Object argument) {
		try {
			Constructor<?> constructor = type.getDeclaredConstructors()[0];
			return as.cast(constructor.newInstance(argument));
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void compile(Path source, Path output) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter messages = new StringWriter();
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
			List<String> options = List.of("--release", "21", "-Xlint:all,-options,-classfile,-processing,-try",
					"-Werror", "-proc:none", "-d", output.toString(), "-classpath",
					System.getProperty("java.class.path"));
			boolean compiled = compiler.getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
				.call();
			assertThat(compiled).as(messages.toString()).isTrue();
		}
	}

}
