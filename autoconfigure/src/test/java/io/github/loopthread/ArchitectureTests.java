package io.github.loopthread;

import java.util.Date;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfiguration;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The arrows between packages, and what else the code promises about its own shape.
 */
class ArchitectureTests {

	private static final String BASE = "io.github.loopthread";

	private static final String[] JDK_AND_CORE_LIBRARIES = { "java..", "org.jspecify..", "org.reactivestreams..",
			"reactor.core..", "reactor.util..", "io.netty..", "io.micrometer.context..", "org.apache.commons.logging..",
			"org.springframework.core..", "org.springframework.context..", "org.springframework.util.." };

	// Imported once, and without what others depend on: that takes longer than all checks
	private static final JavaClasses CLASSES = ArchConfiguration.withThreadLocalScope((configuration) -> {
		configuration.setResolveMissingDependenciesFromClassPath(false);
		return new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages(BASE);
	});

	@Test
	void coreKnowsNeitherSpringBootNorWebNorItsOwnSubpackages() {
		classes().that()
			.resideInAPackage(BASE)
			.should()
			.onlyDependOnClassesThat(are(resideInAnyPackage(JDK_AND_CORE_LIBRARIES)).or(inPackage(BASE)))
			.check(CLASSES);
	}

	@ParameterizedTest
	@CsvSource({ "http, 'reactor.netty..,org.springframework.http..,org.springframework.web..'",
			"redis, 'io.lettuce.core..'", "blockhound, 'reactor.blockhound..'",
			"test, 'org.junit.jupiter.api..,org.junit.platform.commons..,org.springframework.test..,org.springframework.beans..'",
			"health, 'org.springframework.boot.health.contributor..'",
			"endpoint, 'org.springframework.boot.actuate.endpoint..,org.springframework.web.context.request..,jakarta.servlet.http..'",
			"jfr, 'jdk.jfr..'", "metrics, 'io.micrometer.core..'",
			"observation, 'io.micrometer.observation..,io.micrometer.common..'" })
	void technologyKnowsCoreAndItsLibrary(String technology, String libraries) {
		classes().that()
			.resideInAPackage(BASE + "." + technology)
			.should()
			.onlyDependOnClassesThat(are(resideInAnyPackage(JDK_AND_CORE_LIBRARIES)).or(inPackage(BASE))
				.or(inPackage(BASE + "." + technology))
				.or(resideInAnyPackage(libraries.split(","))))
			.check(CLASSES);
	}

	@Test
	void nothingImportsTheWiring() {
		noClasses().that()
			.resideOutsideOfPackage(BASE + ".autoconfigure..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage(BASE + ".autoconfigure..")
			.check(CLASSES);
	}

	@Test
	void loopThreadDoesNotKnowLoopTemplate() {
		noClasses().that()
			.haveSimpleName("LoopThread")
			.should()
			.dependOnClassesThat()
			.haveSimpleName("LoopTemplate")
			.check(CLASSES);
	}

	@Test
	void packagesHaveNoCycles() {
		slices().matching(BASE + ".(**)").should().beFreeOfCycles().check(CLASSES);
	}

	@Test
	void everyPackageIsNullMarked() {
		assertThat(CLASSES).extracting(JavaClass::getPackage)
			.allSatisfy((pkg) -> assertThat(pkg.isAnnotatedWith(NullMarked.class)).as(pkg.getName()).isTrue());
	}

	@Test
	void autoConfigurationsAreFinalAndTheirBeanMethodsPackagePrivate() {
		classes().that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.andShould()
			.haveModifier(com.tngtech.archunit.core.domain.JavaModifier.FINAL)
			.check(CLASSES);
		methods().that()
			.areAnnotatedWith(org.springframework.context.annotation.Bean.class)
			.should()
			.bePackagePrivate()
			.check(CLASSES);
	}

	@Test
	@DisplayName("D4 wall clock jumps by an hour, forth and back")
	void nothingDependsOnTheWallClock() {
		noClasses().should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(LockSupport.class, "parkUntil", long.class)
			.orShould()
			.callMethod(LockSupport.class, "parkUntil", Object.class, long.class)
			.orShould()
			.callMethod(Condition.class, "awaitUntil", Date.class)
			.orShould()
			.dependOnClassesThat(are(resideInAnyPackage("java.util..")).and(simpleNames("Date", "Calendar", "Timer")))
			.orShould()
			.dependOnClassesThat(are(resideInAnyPackage("java.time.."))
				.and(simpleNames("Clock", "Instant", "LocalDateTime", "ZonedDateTime", "OffsetDateTime", "LocalTime")))
			.check(CLASSES);
	}

	@Test
	@DisplayName("M7 exceptions that are kept")
	void noExceptionIsKeptForAll() {
		noFields().that()
			.areStatic()
			.should()
			.haveRawType(DescribedPredicate.describe("an exception", (type) -> type.isAssignableTo(Throwable.class)))
			.check(CLASSES);
	}

	private static DescribedPredicate<JavaClass> simpleNames(String... names) {
		return DescribedPredicate.describe("named " + String.join(", ", names),
				(type) -> List.of(names).contains(type.getSimpleName()));
	}

	private static DescribedPredicate<JavaClass> inPackage(String name) {
		return DescribedPredicate.describe("in package " + name, (type) -> type.getPackageName().equals(name));
	}

}
