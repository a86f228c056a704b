"""A simulated day at the chat desk with real processes: is anybody left unseen, overtaken, answered twice?"""
