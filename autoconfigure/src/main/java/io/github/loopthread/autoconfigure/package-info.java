/**
 * Auto-configuration of the loop and its template.
 */
@NullMarked
package io.github.loopthread.autoconfigure;

import org.jspecify.annotations.NullMarked;
