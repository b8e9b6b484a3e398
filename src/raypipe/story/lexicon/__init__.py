"""Words of a dozen languages for what can be seen, and finding them in a text.

``concepts.txt`` lists visible things by English noun and class; one file a language says how that
language names them, and which words tell an hour, a weather, a mood, a turn of the story. The
package ``emoji`` adds the names of some 500 of these things in 14 languages.
"""
