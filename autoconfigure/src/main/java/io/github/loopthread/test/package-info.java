/**
 * Support for tests of code that runs tasks on the loop. JUnit Jupiter and Spring's test
 * framework are not dependencies of an application: what needs them here is used by tests
 * alone, which have them.
 */
@NullMarked
package io.github.loopthread.test;

import org.jspecify.annotations.NullMarked;
